"""What do the words of the report mean?"""
