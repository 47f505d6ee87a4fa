"""Local pages on which a person marks pictures: what flows, which way, what lives (extra `serve`).

`site` serves any such page, and `watched` guards the file that it edits. `alive_cli/web/local_page.py` makes the page.
`player/src/marking` there has a picture with points, undo, and what talks to the command. All else is of `alive hints`.
"""
