"""What was published?"""
