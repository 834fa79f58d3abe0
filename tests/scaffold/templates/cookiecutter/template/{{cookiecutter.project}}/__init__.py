"""{{ cookiecutter.project|capitalize }}."""
