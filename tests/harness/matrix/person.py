"""A person with a Matrix client of their own: matrix-nio, spoken to in lines of JSON.

A line on standard input is a request, `{"id": 1, "do": "says", …}`; its answer is a line on standard output, `{"id": 1,
"is": …}` or `{"id": 1, "failed": …}`. Requests are worked on side by side. It ends with its input. What is said in a
room is kept as it came, decrypted where that is possible; what a reader makes of it is reckoned in `message.rs`.
"""

import asyncio
import base64
import collections
import json
import logging
import sys
import time
import uuid
from typing import Any
from urllib.parse import quote

import aiohttp
import vodozemac
from nio import Api, AsyncClient, AsyncClientConfig, MegolmEvent, SyncResponse
from nio.crypto import decrypt_attachment

Json = dict[str, Any]
MARKER = "callboard.marker"
FILTER = {"room": {"timeline": {"limit": 200}}}


class Refused(Exception):
    """The server does not do what it was asked."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


class Person:
    def __init__(self, server: str, store: str, encrypted: bool) -> None:
        self.client = AsyncClient(
            server,
            store_path=store,
            config=AsyncClientConfig(
                encryption_enabled=encrypted,
                max_limit_exceeded=0,
                max_timeouts=0,
                request_timeout=60,
            ),
        )
        self.store = store
        self.http = aiohttp.ClientSession()
        # Room by room, what was said: event id → event, in the order of the server.
        self.said: dict[str, dict[str, Json]] = {}
        self.sealed: dict[str, MegolmEvent] = {}
        self.receipts: dict[str, dict[str, str]] = {}
        self.typed: dict[str, list[str]] = {}
        self.invited: dict[str, list[Json]] = {}
        self.markers: set[str] = set()
        self.news = asyncio.Condition()
        self.keys = asyncio.Lock()
        self.withholding = False
        # The keys of rooms as they were before the first message, for those they were withheld from.
        self.withheld: dict[str, tuple[str, str]] = {}
        # When somebody else first answered an event; the answer may come before the event's own id is known.
        self.answered: collections.defaultdict[str, asyncio.Future[float]] = collections.defaultdict(
            lambda: asyncio.get_running_loop().create_future()
        )
        self.refused = ""

    # --- the wire

    async def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        token = self.client.access_token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.client.homeserver}/_matrix/client/v3{path}"
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            content = await answer.json(content_type=None)
            if answer.status != 200:
                raise Refused(answer.status, content)
            return content

    async def login(self, user: str, password: str, device: str) -> Json:
        answer = await self.ask(
            "POST",
            "/login",
            {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": user},
                "password": password,
                "initial_device_display_name": device,
            },
        )
        self.client.restore_login(answer["user_id"], answer["device_id"], answer["access_token"])
        name = user.removeprefix("@").split(":")[0].split(".")[0]
        await self.ask("PUT", f"/profile/{quote(user)}/displayname", {"displayname": name})
        await self.look()
        asyncio.create_task(self.keep_looking())
        return answer

    async def keep_looking(self) -> None:
        while not self.refused:
            try:
                await self.look(30_000)
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
                await asyncio.sleep(0.1)

    async def look(self, patience: int = 0) -> None:
        """One sync, and the errands that encryption has after it."""
        answer = await self.client.sync(timeout=patience, sync_filter=FILTER)
        if not isinstance(answer, SyncResponse):
            if getattr(answer, "status_code", "") == "M_UNKNOWN_TOKEN":
                self.refused = str(answer)
            else:
                await asyncio.sleep(0.1)
            return
        for event in answer.to_device_events:
            if event.source.get("type") == MARKER:
                self.markers.add(event.source["content"]["marker"])
        for room, invitation in answer.rooms.invite.items():
            # matrix-nio takes the content out of what it has read.
            state = invitation.invite_state
            self.invited[room] = [{**event.source, "content": getattr(event, "content", {})} for event in state]
        for room in answer.rooms.leave:
            self.invited.pop(room, None)
        for room, joined in answer.rooms.join.items():
            self.invited.pop(room, None)
            known = self.said.setdefault(room, {})
            if joined.timeline.limited and known:
                await self.fill_gap(room, joined.timeline.prev_batch)
            for event in joined.timeline.events:
                self.take(room, event)
            for event in joined.ephemeral:
                for user in getattr(event, "users", []):
                    self.typed.setdefault(room, []).append(user)
                for receipt in getattr(event, "receipts", []):
                    self.receipts.setdefault(room, {})[receipt.user_id] = receipt.event_id
        await self.errands()
        self.open_sealed()
        async with self.news:
            self.news.notify_all()

    async def errands(self) -> None:
        if not self.client.olm:
            return
        async with self.keys:
            if self.client.should_upload_keys:
                await self.client.keys_upload()
            if self.client.should_query_keys:
                await self.client.keys_query()
            if self.client.should_claim_keys:
                await self.client.keys_claim(self.client.get_users_for_key_claiming())
            await self.client.send_to_device_messages()

    async def fill_gap(self, room: str, before: str) -> None:
        missed = []
        while before:
            page = await self.client.room_messages(room, before, limit=200)
            for event in getattr(page, "chunk", []):
                if event.event_id in self.said[room]:
                    before = ""
                    break
                missed.append(event)
            else:
                before = getattr(page, "end", "") or ""
        for event in reversed(missed):
            self.take(room, event)

    def take(self, room: str, event: Any) -> None:
        source = event.source
        if "event_id" not in source:
            return
        sealed = isinstance(event, MegolmEvent)
        if sealed:
            event.room_id = room
            self.sealed[source["event_id"]] = event
        source = dict(source, sealed=sealed, encrypted=sealed or getattr(event, "decrypted", False))
        self.said[room][source["event_id"]] = source
        relation = source.get("content", {}).get("m.relates_to", {})
        for about in (relation.get("m.in_reply_to", {}).get("event_id"), relation.get("event_id")):
            if about and source["sender"] != self.client.user_id and not self.answered[about].done():
                self.answered[about].set_result(time.perf_counter())

    def open_sealed(self) -> None:
        """Tries again what could not be decrypted: its key may have come."""
        for event_id, event in list(self.sealed.items()) if self.client.olm else []:
            opened = self.client.olm._decrypt_megolm_no_error(event)
            if opened:
                del self.sealed[event_id]
                source = dict(opened.source, sealed=False, encrypted=True)
                self.said[event.room_id][event_id] = source

    async def waits(self, is_so: Any, patience: float, what: str) -> None:
        async def wait() -> None:
            async with self.news:
                await self.news.wait_for(is_so)

        try:
            await asyncio.wait_for(wait(), patience)
        except asyncio.TimeoutError:
            raise TimeoutError(f"{what} {self.refused}") from None

    async def round_trip(self) -> None:
        """Waits for a message to oneself: whatever the server had before has been seen then."""
        marker = uuid.uuid4().hex
        me, device = self.client.user_id, self.client.device_id
        body = {"messages": {me: {device: {"marker": marker}}}}
        await self.ask("PUT", f"/sendToDevice/{MARKER}/{marker}", body)
        await self.waits(lambda: marker in self.markers, 60, "a message to oneself does not come back")

    async def put(self, room: str, kind: str, content: Json) -> str:
        """Sends an event, encrypted where the room is."""
        if self.client.olm and room in self.client.rooms and self.client.rooms[room].encrypted:
            async with self.keys:
                await self.share(room)
                if kind != "m.reaction":
                    kind, content = self.client.encrypt(room, kind, content)
        path = f"/rooms/{quote(room)}/send/{kind}/{uuid.uuid4().hex}"
        return (await self.ask("PUT", path, content))["event_id"]

    async def share(self, room: str) -> None:
        olm = self.client.olm
        if not self.client.rooms[room].members_synced:
            await self.client.joined_members(room)
        if self.client.should_query_keys:
            await self.client.keys_query()
        if self.withholding:
            if room not in self.withheld:
                olm.create_outbound_group_session(room)
                session = olm.outbound_group_sessions[room]
                self.withheld[room] = (session.id, session.session_key)
                session.mark_as_shared()
        elif olm.should_share_group_session(room):
            await self.client.share_group_session(room, ignore_unverified_devices=True)

    # --- what a person does

    async def sends(self, room: str, type: str, content: Json) -> str:
        await self.round_trip()
        return await self.put(room, type, content)

    async def requests(self, method: str, path: str, body: Json | None = None) -> Json:
        return await self.ask(method, path, body)

    async def told(self, room: str) -> list[Json]:
        return list(self.said.get(room, {}).values())

    async def seen(self, room: str, counts: list[int], patience: float) -> bool:
        """Waits until there is more in the room than before: events, and those among them that are sealed."""

        def look() -> list[int]:
            events = self.said.get(room, {}).values()
            return [len(events), sum(event["sealed"] for event in events)]

        try:
            await self.waits(lambda: look() != counts, patience, "")
        except TimeoutError:
            return False
        return True

    async def typing_of(self, room: str, user: str, patience: float) -> None:
        await self.waits(lambda: user in self.typed.get(room, []), patience, f"{user} does not type")

    async def reading_of(self, room: str, user: str, event: str, patience: float) -> None:
        def has_read() -> bool:
            order = list(self.said.get(room, {}))
            at = self.receipts.get(room, {}).get(user)
            return at in order and event in order and order.index(at) >= order.index(event)

        await self.waits(has_read, patience, f"{user} has not read {event}")

    async def invitations(self) -> list[Json]:
        return [{"room": room, "state": state} for room, state in self.invited.items()]

    async def member_of(self, room: str, user: str, patience: float) -> None:
        def joined() -> bool:
            known = self.client.rooms.get(room)
            return bool(known and user in known.users and user not in known.invited_users)

        await self.waits(joined, patience, f"{user} has not joined")

    async def comes_to(self, room: str, patience: float) -> None:
        await self.waits(lambda: room in self.client.rooms, patience, f"{room} is not among the rooms")

    async def rooms(self) -> list[Json]:
        joined = (await self.ask("GET", "/joined_rooms"))["joined_rooms"]
        rooms = [self.client.rooms[room] for room in joined if room in self.client.rooms]
        return [{"room": r.room_id, "name": r.display_name, "encrypted": r.encrypted} for r in rooms]

    async def withholds_keys(self) -> None:
        self.withholding = True

    async def shares_keys(self, room: str) -> None:
        """Gives all devices in the room the key that they were not given, from its first message on."""
        self.withholding = False
        await self.round_trip()
        session, key = self.withheld.pop(room)
        async with self.keys:
            olm = self.client.olm
            users = list(self.client.rooms[room].users)
            if missing := olm.get_missing_sessions(users):
                await self.client.keys_claim(missing)
            content = {
                "algorithm": "m.megolm.v1.aes-sha2",
                "room_id": room,
                "session_id": session,
                "session_key": key,
            }
            messages: Json = {}
            for user in users:
                for device in olm.device_store.active_user_devices(user):
                    if channel := olm.session_store.get(device.curve25519):
                        sealed = olm._olm_encrypt(channel, device, "m.room_key", content)
                        messages.setdefault(user, {})[device.id] = sealed
            path = f"/sendToDevice/m.room.encrypted/{uuid.uuid4().hex}"
            await self.ask("PUT", path, {"messages": messages})

    async def devices(self, user: str) -> list[Json]:
        """The user's devices as the server tells of them, and whether the owner has signed them.

        matrix-nio knows nothing of cross-signing; so the signatures are checked here.
        """
        keys = await self.ask("POST", "/keys/query", {"device_keys": {user: []}})
        master = keys.get("master_keys", {}).get(user)
        signing = keys.get("self_signing_keys", {}).get(user)
        owned = bool(master and signing) and signed(signing, user, master)
        return [
            {
                "id": device["device_id"],
                "name": device.get("unsigned", {}).get("device_display_name"),
                "fingerprint": device["keys"][f"ed25519:{device['device_id']}"],
                "signed": bool(owned and signed(device, user, signing)),
                "master": next(iter(master["keys"].values())) if master else None,
            }
            for device in keys["device_keys"].get(user, {}).values()
        ]

    async def downloads(self, file: str | Json) -> str:
        """What is behind an address, or an encrypted file's description, in base64."""
        address = file if isinstance(file, str) else file["url"]
        url = f"{self.client.homeserver}/_matrix/client/v1/media/download/{address.removeprefix('mxc://')}"
        headers = {"Authorization": f"Bearer {self.client.access_token}"}
        async with self.http.get(url, headers=headers) as answer:
            content = await answer.read()
            if answer.status != 200:
                raise Refused(answer.status, json.loads(content))
        if not isinstance(file, str):
            content = decrypt_attachment(content, file["key"]["k"], file["hashes"]["sha256"], file["iv"])
        return base64.b64encode(content).decode()

    async def exports_keys(self) -> str:
        path = f"{self.store}/exported"
        await self.client.export_keys(path, "of-the-tests", count=10)
        return path

    async def imports_keys(self, path: str) -> None:
        await self.client.import_keys(path, "of-the-tests")
        self.open_sealed()

    async def measures(self, room: str, text: str, count: int, in_flight: int) -> list[float]:
        """Says something so many times, and gives the seconds until each was answered, by reply or in its thread."""
        left = iter(range(count))

        async def worker() -> list[float]:
            times = []
            for _ in left:
                begun = time.perf_counter()
                event = await self.put(room, "m.room.message", {"msgtype": "m.text", "body": text})
                times.append(await asyncio.wait_for(self.answered[event], 120) - begun)
            return times

        return sum(await asyncio.gather(*(worker() for _ in range(in_flight))), [])

    async def answer(self, line: bytes) -> None:
        request = json.loads(line)
        number = request.pop("id")
        try:
            answer = {"is": await getattr(self, request.pop("do"))(**request)}
        except Refused as refused:
            answer = {"refused": {"status": refused.status, "body": refused.body}}
        except Exception as error:
            logging.exception("a request failed")
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps({"id": number, **answer}), flush=True)


def signed(thing: Json, user: str, by: Json) -> bool:
    """Whether a cross-signing key has signed this."""
    [(key_id, key)] = by["keys"].items()
    signature = thing.get("signatures", {}).get(user, {}).get(key_id)
    if not signature:
        return False
    plain = {name: value for name, value in thing.items() if name not in ("signatures", "unsigned")}
    try:
        vodozemac.Ed25519PublicKey.from_base64(key).verify_signature(
            Api.to_canonical_json(plain).encode(), vodozemac.Ed25519Signature.from_base64(signature)
        )
    except vodozemac.SignatureException:
        return False
    return True


async def main(server: str, store: str, encrypted: str) -> None:
    person = Person(server, store, encrypted == "encrypted")
    reader = asyncio.StreamReader(limit=2**24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        asyncio.create_task(person.answer(line))


asyncio.run(main(*sys.argv[1:]))
