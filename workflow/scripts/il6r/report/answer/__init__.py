"""Does it replicate, in a sentence?"""
