# SPDX-License-Identifier: Apache-2.0
"""A cloud that counts: what its Heat, Keystone, Swift and Zaqar answer while nothing changes.

cloud.py PORT_FILE serves on a port of its own until it is ended.  The answers have the form and about the size
of the real services' (Debian 12), heads and all; a proxy in front of them would add its own.  Bytes are counted as TCP
carries them, without TCP's and IP's.
  GET /_count        what has been counted since the last time: requests, of which kind, bytes, connections, requests in each second
  GET /_away?SECONDS refuses connections for so long"""
import asyncio
import email.utils
import json
import os
import sys
import time

ID = "2f0c1d9e-5b0a-4d59-9d0e-2f8a3d6f7a11"
PROJECT = "5b1f0c0b6a4e4d0f9a53c64f4b3a2d10"
UUID = "req-0f3ad9a1-55b7-4d43-9f0f-3f3f1f9be7a5"
TOKEN = "gAAAAABn" + "x" * 178
STAMP, ETAG = "Fri, 13 Nov 2020 10:00:00 GMT", "9a0364b9e99bb480dd25e1f0284c8555"
JSON, XML, TEXT = "application/json", "application/xml", "text/plain"
GONE = time.gmtime(time.time() + 3600)


METADATA = {"app": {"release": "1.0", "port": 8080, "peers": ["10.0.0.%d" % i for i in range(10, 30)]}, "note": "of the usual size " * 20}


class Cloud:
    def __init__(self):
        self.begin()

    def begin(self):
        self.since = time.monotonic()
        self.count = {"requests": 0, "received": 0, "sent": 0, "connections": 0, "seconds": [], "kinds": {}}

    def note(self, kind, received, sent):
        c, second = self.count, int(time.monotonic() - self.since)
        c["seconds"] += [0] * (second + 1 - len(c["seconds"]))
        c["seconds"][second] += 1
        c["requests"] += 1
        c["kinds"][kind] = c["kinds"].get(kind, 0) + 1
        c["received"] += received
        c["sent"] += sent

    async def listen(self, port=0):
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: Conn(self), "127.0.0.1", port, backlog=1024)
        self.port = self.server.sockets[0].getsockname()[1]
        text = json.dumps(METADATA)
        detail = {"Metadata": METADATA, "LogicalResourceId": "Server", "Description": "", "ResourceStatusReason": "state changed",
                  "ResourceStatus": "CREATE_COMPLETE", "StackId": "arn:openstack:heat::%s:stacks/fleet/%s" % (PROJECT, ID), "StackName": "fleet",
                  "PhysicalResourceId": ID, "LastUpdatedTimestamp": "2026-11-25T14:00:00Z", "ResourceType": "OS::Heat::DeployedServer"}
        fields = "".join("<%s>%s</%s>" % (k, text.replace('"', "&quot;") if k == "Metadata" else v, k) for k, v in detail.items())
        shell = "DescribeStackResourceRe%s"
        self.bodies = {
            "cfn-json": json.dumps({shell % "sponse": {shell % "sult": {"StackResourceDetail": detail}}}),
            "cfn-xml": "<%s><%s><StackResourceDetail>%s</StackResourceDetail></%s></%s>" % (
                shell % "sponse", shell % "sult", fields, shell % "sult", shell % "sponse"),
            "heat": json.dumps({"metadata": METADATA}), "temp": text}

    async def away(self, seconds):
        self.server.close()
        await asyncio.sleep(seconds)
        await self.listen(self.port)

    def versions(self):
        v = {"id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z", "media-types": [
            {"base": JSON, "type": "application/vnd.openstack.identity-v3+json"}],
            "links": [{"rel": "self", "href": "http://127.0.0.1:%d/v3/" % self.port}]}
        return v

    def token(self):
        url = "http://127.0.0.1:%d" % self.port
        catalog = [{"id": PROJECT, "type": t, "name": n, "endpoints": [
            {"id": PROJECT, "interface": face, "region_id": "RegionOne", "url": url + path, "region": "RegionOne"} for face in ("public", "internal", "admin")]}
            for t, n, path in (("orchestration", "heat", "/heat/v1/" + PROJECT), ("cloudformation", "heat-cfn", "/v1"), ("messaging", "zaqar", ""),
                               ("object-store", "swift", "/swift/v1/AUTH_" + PROJECT), ("identity", "keystone", "/v3"))]
        return json.dumps({"token": {
            "methods": ["password"], "user": {"domain": {"id": PROJECT, "name": "heat"}, "id": PROJECT, "name": "fleet-Server-x", "password_expires_at": None},
            "audit_ids": ["x" * 22], "expires_at": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", GONE), "issued_at": "2026-11-25T14:00:00.000000Z",
            "project": {"domain": {"id": PROJECT, "name": "heat"}, "id": PROJECT, "name": "stack"}, "is_domain": False,
            "roles": [{"id": PROJECT, "name": "heat_stack_user"}], "catalog": catalog}})

    def answer(self, method, path, head):
        """(status line, content type, further headers, body)"""
        own = ["X-Openstack-Request-Id: " + UUID]
        if path.startswith("/v1/?"):
            return "200 OK", *((JSON, own, self.bodies["cfn-json"]) if "ContentType=JSON" in path else (XML, own, self.bodies["cfn-xml"]))
        if path.startswith("/heat/v1/"):
            return "200 OK", JSON, own, self.bodies["heat"]
        if path == "/v3/auth/tokens" and method == "POST":
            return "201 CREATED", JSON, ["X-Subject-Token: " + TOKEN, "Vary: X-Auth-Token", "x-openstack-request-id: " + UUID], self.token()
        if path.rstrip("/") == "/v3":
            return "200 OK", JSON, ["Vary: X-Auth-Token", "x-openstack-request-id: " + UUID], json.dumps({"version": self.versions()})
        if path.startswith("/swift/"):
            own = ["Last-Modified: " + STAMP, "Etag: " + ETAG, "Accept-Ranges: bytes", "X-Timestamp: 1605261600.00000", "X-Trans-Id: tx" + "0" * 32,
                   "X-Openstack-Request-Id: tx" + "0" * 32]
            if b"if-modified-since: " + STAMP.lower().encode() in head.lower() or b"if-none-match: " + ETAG.encode() in head.lower():
                return "304 Not Modified", JSON, own, ""
            return "200 OK", JSON, own, self.bodies["temp"]
        if path.startswith("/v2/queues/") and "/claims" in path:
            return "204 No Content", None, [], ""
        if path.startswith("/v1.1/queues/"):
            return ("204 No Content", None, [], "") if method == "PUT" else ("200 OK", JSON, [], '{"messages": []}')
        return "404 Not Found", TEXT, [], "404 Not Found\n\nThe resource could not be found.\n"


class Conn(asyncio.Protocol):
    def __init__(self, cloud):
        self.cloud, self.buf, self.fresh = cloud, b"", True

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buf += data
        while b"\r\n\r\n" in self.buf:
            head, rest = self.buf.split(b"\r\n\r\n", 1)
            want = 0
            for line in head.split(b"\r\n"):
                if line.lower().startswith(b"content-length:"):
                    want = int(line.split(b":")[1])
            if len(rest) < want:
                return
            self.buf = rest[want:]
            self.request(head, len(head) + 4 + want)

    def request(self, head, size):
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        if path.startswith("/_"):
            self.control(path)
            return
        status, kind, more, body = self.cloud.answer(method, path, head)
        lines = ["HTTP/1.1 " + status] + (["Content-Type: " + kind] if kind else []) + more
        lines += ["Content-Length: %d" % len(body.encode())] if not status.startswith(("204", "304")) else []
        out = "\r\n".join(lines + ["Date: " + email.utils.formatdate(usegmt=True), "", body if method != "HEAD" else ""]).encode()
        self.cloud.count["connections"] += self.fresh
        self.fresh = False
        self.cloud.note(method + " /" + path.split("/")[1], size, len(out))
        self.transport.write(out)

    def control(self, path):
        body = b"{}"
        if path == "/_count":
            body = json.dumps(dict(self.cloud.count, lasted=time.monotonic() - self.cloud.since)).encode()
            self.cloud.begin()
        elif path.startswith("/_away?"):
            asyncio.ensure_future(self.cloud.away(float(path.split("?")[1])))
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


async def main():
    cloud = Cloud()
    await cloud.listen()
    with open(sys.argv[1] + ".new", "w") as f:
        f.write(str(cloud.port))
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    await asyncio.Event().wait()

asyncio.run(main())
