"""What was the report made from?"""
