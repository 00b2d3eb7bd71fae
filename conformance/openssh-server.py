#!/usr/bin/env python3
"""Replaces OpenSSH's servers, and the programs that start them, in OpenSSH's own test scripts.

The scripts write files and look for them as if client and server had one file system. So each session with Slipway is
put between two steps: before it, the files of the test are copied from their folder to the same path in the bucket;
behind it, what the session has changed in the bucket is done to the folder. Both talk to the store and not to Slipway.

    openssh-server.py FOLDER sftp-server|scp|ssh|sshd ARGUMENT...

FOLDER has settings.json, and the scripts' folder `regress`.
"""

import datetime
import fcntl
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree

FOLDER = pathlib.Path(sys.argv[1])
SETTINGS = json.loads((FOLDER / "settings.json").read_text())
REGRESS = FOLDER / "regress"

# The files that the scripts make the server read and write, by prefixes of their names.
SHARED = ("data", "copy", "glob")


class Bucket:
    """The few S3 requests that are needed, with AWS signatures of version 4."""

    def request(self, method, key="", query=None, body=b""):
        path = urllib.parse.quote(f"/{SETTINGS['bucket']}" + (f"/{key}" if key else ""), safe="/~")
        parameters = "&".join(
            f"{urllib.parse.quote(name, safe='~')}={urllib.parse.quote(value, safe='~')}"
            for name, value in sorted((query or {}).items())
        )
        host = SETTINGS["endpoint"].removeprefix("http://")
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        canonical = (
            f"{method}\n{path}\n{parameters}\nhost:{host}\nx-amz-content-sha256:{digest}\nx-amz-date:{now}\n\n"
            f"host;x-amz-content-sha256;x-amz-date\n{digest}"
        )
        scope = f"{now[:8]}/{SETTINGS['region']}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key_bytes = ("AWS4" + SETTINGS["secret_key"]).encode()
        for part in scope.split("/"):
            key_bytes = hmac.digest(key_bytes, part.encode(), "sha256")
        signature = hmac.digest(key_bytes, text.encode(), "sha256").hex()
        request = urllib.request.Request(
            f"{SETTINGS['endpoint']}{path}" + (f"?{parameters}" if parameters else ""),
            data=body if method == "PUT" else None,
            method=method,
            headers={
                "x-amz-content-sha256": digest,
                "x-amz-date": now,
                "Authorization": f"AWS4-HMAC-SHA256 Credential={SETTINGS['access_key']}/{scope}, "
                f"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature={signature}",
            },
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.read()

    def list(self, prefix):
        """The keys below a prefix, each with a value that changes when it is written."""
        result = {}
        query = {"list-type": "2", "prefix": prefix, "encoding-type": "url"}
        while True:
            page = xml.etree.ElementTree.fromstring(self.request("GET", query=query))
            for item in page.findall("{*}Contents"):
                key = urllib.parse.unquote_plus(item.findtext("{*}Key"))
                etag = item.findtext("{*}ETag").strip('"')
                result[key.removeprefix(prefix)] = (etag, item.findtext("{*}LastModified"))
            token = page.findtext("{*}NextContinuationToken")
            if not token:
                return result
            query["continuation-token"] = token


class Mirror:
    """The folder of the test, and its location in the bucket."""

    def __init__(self):
        self.bucket = Bucket()
        self.prefix = str(REGRESS)[1:] + "/"

    def folder(self):
        """The shared names, each with the MD5 of its contents; folders end with a slash."""
        result = {}
        for top in REGRESS.iterdir():
            if top.name.startswith(SHARED):
                for path in [top, *top.rglob("*")] if top.is_dir() else [top]:
                    name = str(path.relative_to(REGRESS))
                    if path.is_dir():
                        result[name + "/"] = hashlib.md5(b"").hexdigest()
                    else:
                        result[name] = hashlib.md5(path.read_bytes()).hexdigest()
        return result

    def push(self):
        """Copies the folder to the bucket, and returns the resulting state."""
        here = self.folder()
        there = self.bucket.list(self.prefix)
        gone = there.keys() - here.keys() - {""}
        for name in gone:
            self.bucket.request("DELETE", self.prefix + name)
        for name, digest in here.items():
            if there.get(name, ("", ""))[0] != digest:
                body = b"" if name.endswith("/") else (REGRESS / name).read_bytes()
                self.bucket.request("PUT", self.prefix + name, body=body)
        if not there:
            self.bucket.request("PUT", self.prefix)
        if any(name.endswith("/") for name in gone):
            # Slipway caches directories for this long, even if others remove them from the bucket.
            time.sleep(2.1)
        return self.bucket.list(self.prefix)

    def pull(self, before):
        """Applies the changes in the bucket to the folder."""
        now = self.bucket.list(self.prefix)
        for name in sorted(before.keys() - now.keys() - {""}, reverse=True):
            path = REGRESS / name
            # A folder that was created by writing a file to it exists without a key.
            if not name.endswith("/") or not any(other.startswith(name) for other in now):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        for name in sorted(now.keys() - {""}):
            path = REGRESS / name
            if now[name] != before.get(name):
                if name.endswith("/"):
                    path.mkdir(parents=True, exist_ok=True)
                else:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(self.bucket.request("GET", self.prefix + name))


def locked(action, *arguments):
    """scp -3 uses two sessions at a time."""
    with open(FOLDER / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return action(*arguments)


def session(command):
    mirror = Mirror()
    before = locked(mirror.push)
    status = subprocess.run(command).returncode
    locked(mirror.pull, before)
    sys.exit(status if status >= 0 else 1)


def ssh_options():
    """Options of ssh that precede those of the scripts: the first one applies."""
    return [
        *("-o", "IdentityFile=" + SETTINGS["key"], "-o", "UserKnownHostsFile=" + SETTINGS["known_hosts"]),
        *("-o", "HostKeyAlias=slipway", "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes"),
    ]


def direct(user, *arguments):
    return [
        *("/usr/bin/ssh", "-F", "none", *ssh_options(), "-p", str(SETTINGS["port"]), "-l", user),
        *arguments,
    ]


def sftp_server(arguments):
    if any(argument in ("-p", "-P") for argument in arguments):
        sys.exit("sftp-server's lists of requests (-p and -P) have nothing like them in Slipway")
    user = "reader" if "-R" in arguments else SETTINGS["user"]
    session(direct(user, "-s", "127.0.0.1", "sftp"))


def scp(arguments):
    if "-t" in arguments or "-f" in arguments:
        words = " ".join("'" + argument.replace("'", "'\\''") + "'" for argument in arguments)
        session(direct(SETTINGS["user"], "127.0.0.1", "scp " + words))
    os.execv("/usr/bin/scp", ["scp", *arguments])


def ssh(arguments):
    command = ["/usr/bin/ssh", *ssh_options(), *arguments]
    if "sftp" in arguments or any(argument.startswith("scp ") for argument in arguments):
        session(command)
    os.execv("/usr/bin/ssh", ["ssh", *arguments])


def sshd(arguments):
    """Skips the check of the configuration, connects to Slipway instead of serving, or waits to be killed as the daemon would."""
    if "-t" in arguments:
        return
    if "-i" in arguments:
        with socket.create_connection(("127.0.0.1", SETTINGS["port"])) as connection:

            def forth():
                while data := os.read(0, 65536):
                    connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)

            threading.Thread(target=forth, daemon=True).start()
            while data := connection.recv(65536):
                os.write(1, data)
        return
    if os.fork() == 0:
        pid_file = REGRESS / "pidfile"
        os.setsid()
        signal.signal(signal.SIGTERM, lambda *_: (pid_file.unlink(missing_ok=True), os._exit(0)))
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(null, descriptor)
        pid_file.write_text(str(os.getpid()))
        # No script takes longer.
        time.sleep(300)
        pid_file.unlink(missing_ok=True)
        os._exit(0)


def prepare(_):
    """Stores what the scripts expect on every machine: programs whose names begin with an l."""
    bucket = Bucket()
    bucket.request("PUT", "bin/")
    for path in pathlib.Path("/bin").glob("l*"):
        if path.is_file() and path.stat().st_size <= 1 << 20:
            bucket.request("PUT", "bin/" + path.name, body=path.read_bytes())


def main():
    actions = {"sftp-server": sftp_server, "scp": scp, "ssh": ssh, "sshd": sshd, "prepare": prepare}
    actions[sys.argv[2]](sys.argv[3:])


if __name__ == "__main__":
    main()
