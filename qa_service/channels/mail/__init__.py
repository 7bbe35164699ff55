"""RFC 822 mail: messages, what their writers added, and the threads they form."""
