"""Which calls were read, can they be trusted, and whose are they?"""
