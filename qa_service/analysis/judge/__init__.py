"""The judge: questions to a language model at an OpenAI-compatible address that the operator names.

``view`` masks a conversation and finds quotes in it again, ``prompt`` writes the request, ``client`` sends it within limits of time and
size, ``reply`` reads what comes back, ``memory`` keeps both and counts tokens, and ``judges`` puts repeats together into a judgement.
"""
