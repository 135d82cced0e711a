"""What an event, a finding, a parse warning and a summary are.

Imported by every layer above; imports only limits and errors.
"""
