"""Microsoft's Kusto Query Language, as Defender, Sentinel and Azure Monitor have it, read into plans."""
