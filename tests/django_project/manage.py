"""The commands of the example project; ``python manage.py test`` runs its tests."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    # The project is run from a checkout, where the package need not be installed.
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    execute_from_command_line(sys.argv)
