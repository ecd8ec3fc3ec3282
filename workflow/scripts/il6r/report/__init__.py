"""What should a reader see?"""
