"""Files that say what was switched on: auditpol, reports of group policies, registry exports, wevtutil."""
