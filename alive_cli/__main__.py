"""`python -m alive_cli` is `alive`."""

from alive_cli.cli import main

if __name__ == "__main__":
    main()
