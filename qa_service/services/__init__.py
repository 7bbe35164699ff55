"""Use cases, one a file: everything a person or a machine can ask the service to do."""
