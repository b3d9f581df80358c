"""DNS at Cloudflare: zones and records, whose addresses are ours, and what that makes of each routed host. Pure.

| file | what it holds |
|---|---|
| model | Zone, Record and one read of them; HostDns, the verdict on a host |
| names | host names as DNS compares them |
| zones | which records answer for a name, wildcards and aliases followed |
| addresses | our own addresses, and how they are known |
| states | the verdict on each host |
| owners | which tool a record belongs to |
| plan | what `dns plan` would create and correct |
"""
