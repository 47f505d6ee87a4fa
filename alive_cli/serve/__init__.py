"""The local server: it lets programs steer a living scene, and serves the page of the browser view."""
