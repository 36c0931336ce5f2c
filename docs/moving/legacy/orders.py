"""The mail of a shop, in a Django project."""

from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail, send_mass_mail


def welcome(address, name):
    """Greet a new customer."""
    send_mail(f"Welcome, {name}", "Good to have you.", None, [address])


def confirm(address, number, language="en"):
    """Confirm an order, as text and as HTML."""
    subject = {"en": f"Order {number}", "de": f"Ihre Bestellung {number}"}[language]
    mail = EmailMultiAlternatives(subject, f"Order {number} is on its way.", to=[address])
    mail.attach_alternative(f"<p>Order <b>{number}</b> is on its way.</p>", "text/html")
    mail.send()


def invoice(address, number, accountant=None):
    """Send an invoice, and a blind copy to the accountant."""
    mail = EmailMessage(
        f"Invoice {number}",
        "See attached.",
        "billing@example.com",
        [address],
        bcc=[accountant] if accountant else [],
        reply_to=["questions@example.com"],
        headers={"X-Invoice": str(number)},
    )
    mail.attach(f"{number}.csv", "item,price\n", "text/csv")
    mail.send()


def ask(address, colleagues):
    """Ask a supplier, the colleagues in copy."""
    EmailMessage("A question", "Is it in stock?", to=[address], cc=colleagues).send()


def newsletter(addresses):
    """Send the news to each customer; return how many there are."""
    mails = [("News", f"News for {each}.", "news@example.com", [each]) for each in addresses]
    return send_mass_mail(mails)


def remind(customers):
    """Remind those who have not paid."""
    for address, has_paid in customers:
        if not has_paid:
            send_mail("Reminder", "Please pay.", "billing@example.com", [address])
