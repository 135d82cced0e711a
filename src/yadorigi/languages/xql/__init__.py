"""Cortex XQL: hunting queries of Palo Alto Networks' Cortex XDR and XSIAM, read into plans."""
