"""Files of the user: bundles that are opened, results that are written, folders that are locked.

The atomic writer itself is `bundle_spec.atomic`, because the format's own writer needs it.
"""
