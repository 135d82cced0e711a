"""What Event Viewer saves as CSV or text: rendered messages in Japanese or English, local times, no host."""
