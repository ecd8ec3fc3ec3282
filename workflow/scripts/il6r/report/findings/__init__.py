"""What was found of each claim, beside what was published?"""
