"""Local pages on which a person marks pictures: what flows, which way, what lives, what is what.

`site` serves any such page, `watched` guards the file that it edits, `pages` lets only the newest page save, and
`turns` lets only the newest request go on. `alive_cli/web/local_page.py` makes the page. `player/src/marking` there has
a picture with points, polygons, undo, a preview, and what talks to the command. `pairs_page` and `points_file` are of
`alive hints --pairs`, and all else of `alive hints` without it.
"""
