"""Uploads or downloads the files of a folder one after the other, in one session.

Arguments: upload|download HOST PORT USER PASSWORD REMOTE_FOLDER LOCAL_FOLDER [NAMES_FILE]
"""

import ftplib
import os
import socket
import ssl
import sys


class Client(ftplib.FTP_TLS):
    def ntransfercmd(self, command, rest=None):
        connection, size = super().ntransfercmd(command, rest)
        # Without this, the end of an upload may wait for the server's delayed ACK: up to 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, size


action, host, port, user, password, remote, local = sys.argv[1:8]
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
client = Client(context=context)
client.connect(host, int(port), timeout=60)
client.login(user, password)
client.prot_p()
if action == "upload":
    client.mkd(remote)
    for name in sorted(os.listdir(local)):
        with open(os.path.join(local, name), "rb") as file:
            client.storbinary(f"STOR {remote}/{name}", file, 65536)
else:
    os.mkdir(local)
    with open(sys.argv[8]) as names:
        for name in names.read().split():
            with open(os.path.join(local, name), "wb") as file:
                client.retrbinary(f"RETR {remote}/{name}", file.write, 65536)
client.quit()
