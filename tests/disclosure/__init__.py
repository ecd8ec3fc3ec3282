"""What does a reader of all that is passed on learn of small groups?"""
