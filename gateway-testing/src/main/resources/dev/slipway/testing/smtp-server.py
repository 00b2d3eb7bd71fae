"""A mail server for tests. Arguments: folder, port for STARTTLS, port for implicit TLS, user, password."""
import os
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

folder, starttls_port, tls_port, user, password = sys.argv[1:]


class Mailbox:
    def __init__(self):
        self.count = 0
        self.lock = threading.Lock()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 there is nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 accepted"

    async def handle_DATA(self, server, session, envelope):
        if os.path.exists(os.path.join(folder, "busy")):
            open(os.path.join(folder, "was-busy"), "w").close()
            return "451 4.3.0 come back later"
        with self.lock:
            self.count += 1
            name = os.path.join(folder, "mails", "%04d" % self.count)
        with open(name + ".part", "wb") as file:
            file.write(("To: %s\r\n" % ", ".join(envelope.rcpt_tos)).encode())
            file.write(envelope.content)
        os.rename(name + ".part", name)
        return "250 2.0.0 accepted"


def check(server, session, envelope, mechanism, data):
    known = isinstance(data, LoginPassword) and data == LoginPassword(user.encode(), password.encode())
    # "handled" would mean that the answer was sent already.
    return AuthResult(success=known, handled=False)


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem"))
mailbox = Mailbox()
Controller(
    mailbox,
    hostname="127.0.0.1",
    port=int(starttls_port),
    tls_context=context,
    require_starttls=True,
    auth_required=True,
    authenticator=check,
).start()
Controller(
    mailbox,
    hostname="127.0.0.1",
    port=int(tls_port),
    ssl_context=context,
    auth_required=True,
    # It believes that only STARTTLS encrypts.
    auth_require_tls=False,
    authenticator=check,
).start()
open(os.path.join(folder, "ready"), "w").close()
# Ends with the process that has started it.
sys.stdin.read()
