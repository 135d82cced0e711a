"""Logs of SSL-VPN appliances and firewalls."""
