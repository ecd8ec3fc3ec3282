"""What is behind each verdict?"""
