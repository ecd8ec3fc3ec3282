"""Does each claim hold here?"""
