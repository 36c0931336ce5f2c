"""Views that send mail."""

from django.core.mail import send_mail
from django.http import HttpResponse


def welcome(address):
    """Send the welcome mail to a new member."""
    send_mail("Welcome", "Glad you are here.", None, [address])


def signup(request):
    """Sign up the member whose address was posted."""
    welcome(request.POST["address"])
    return HttpResponse("Look into your mailbox.")


def careless_signup(request):
    """Sign up, and never let a failing mail server be seen."""
    try:
        welcome(request.POST["address"])
    except Exception:
        return HttpResponse("We will write to you later.")
    return HttpResponse("Look into your mailbox.")
