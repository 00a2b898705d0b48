"""
How the project is set up and started on a bare machine: packages, embedded services, the demo and the tests.

Nothing of the product imports this package, and it imports nothing but the standard library: it runs before
anything is installed.
"""
