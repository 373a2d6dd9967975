"""A mail server for tests: Debian's python3-aiosmtpd on loopback.

mail_server.py DIR [--cert PEM] [--starttls] [--smtps] [--auth USER:PASSWORD]

Says "listening HOST:PORT", then keeps each letter it takes as DIR/N.eml, its envelope as
X-MailFrom and X-RcptTo. Whom it takes no mail for, it says by the name: NNN@... is
answered NNN; grey@... 451 at first; late@... takes the letter and answers 452;
spam@... takes it and answers 554; gone@... hangs up before its last answer;
hang@... never gives one.
"""
import argparse
import asyncio
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Handler:
    def __init__(self, directory):
        self.directory = directory
        self.kept = 0
        self.grey = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name.isdigit():
            return name + " no"
        if name == "grey" and envelope.mail_from not in self.grey:
            self.grey.add(envelope.mail_from)
            return "451 4.7.1 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        names = {a.split("@")[0] for a in envelope.rcpt_tos}
        if "late" in names:
            return "452 4.3.1 no room"
        if "spam" in names:
            return "554 5.7.1 not wanted"
        if "hang" in names:
            print("hangs", flush=True)
            await asyncio.sleep(600)
        self.kept += 1
        with open(f"{self.directory}/{self.kept}.eml", "wb") as f:
            f.write(f"X-MailFrom: {envelope.mail_from}\r\n".encode())
            f.write(f"X-RcptTo: {','.join(envelope.rcpt_tos)}\r\n".encode())
            login = session.auth_data
            tls = server.transport.get_extra_info("ssl_object")
            f.write(f"X-Login: {login.login.decode() if login else ''}\r\n".encode())
            f.write(f"X-Tls: {'yes' if tls else 'no'}\r\n".encode())
            f.write(envelope.original_content)
        if "gone" in names:
            server.transport.abort()
        return "250 OK"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("directory")
    p.add_argument("--cert")
    p.add_argument("--starttls", action="store_true")
    p.add_argument("--smtps", action="store_true")
    p.add_argument("--auth")
    o = p.parse_args()
    context = None
    if o.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(o.cert)

    def authenticate(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and o.auth == (
            f"{data.login.decode()}:{data.password.decode()}")
        return AuthResult(success=good, handled=False, auth_data=data)

    kinds = {"hostname": "127.0.0.1", "port": 0, "ready_timeout": 30}
    if o.starttls:
        kinds.update(tls_context=context, require_starttls=True)
    if o.smtps:
        kinds.update(ssl_context=context)
    if o.auth:
        kinds.update(authenticator=authenticate, auth_required=True,
                     auth_require_tls=o.starttls)

    class Any(Controller):
        def _trigger_server(self):  # the port is the system's choice
            host, port = self.server.sockets[0].getsockname()[:2]
            print(f"listening {host}:{port}", flush=True)

    Any(Handler(o.directory), **kinds).start()
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
