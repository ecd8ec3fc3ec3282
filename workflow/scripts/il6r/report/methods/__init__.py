"""How was it done?"""
