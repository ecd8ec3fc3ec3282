"""Who carries what, and can the calls be trusted?"""
