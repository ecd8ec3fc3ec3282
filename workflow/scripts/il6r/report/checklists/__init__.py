"""Which items of reporting guidelines does the report answer?"""
