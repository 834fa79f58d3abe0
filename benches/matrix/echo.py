"""The smallest bot of matrix-nio that does what is measured: `!who-owns X` is answered by one fixed sentence.

It is started with the server, the user and the password, joins where it is invited, and prints `ready`. It remembers nothing and
looks nothing up; in an encrypted room it encrypts.
"""

import asyncio
import sys
import tempfile

from nio import AsyncClient, AsyncClientConfig, InviteMemberEvent, MatrixRoom, RoomMessageText


async def main(server: str, user: str, password: str) -> None:
    with tempfile.TemporaryDirectory() as store:
        config = AsyncClientConfig(encryption_enabled=True)
        client = AsyncClient(server, user, store_path=store, config=config)
        await client.login(password)

        async def invited(room: MatrixRoom, event: InviteMemberEvent) -> None:
            if event.membership == "invite" and event.state_key == client.user_id:
                await client.join(room.room_id)

        async def answer(room: MatrixRoom, event: RoomMessageText) -> None:
            command, _, thing = event.body.partition(" ")
            if command != "!who-owns" or event.sender == client.user_id:
                return
            content = {
                "msgtype": "m.notice",
                "body": f"{thing} belongs to Payments Team.",
                "m.relates_to": {"m.in_reply_to": {"event_id": event.event_id}},
            }
            await client.room_send(
                room.room_id, "m.room.message", content, ignore_unverified_devices=True
            )

        await client.sync(full_state=True)
        if client.should_upload_keys:
            await client.keys_upload()
        # One after the other would be slower; the messages of one sync are answered side by side.
        tasks: set[asyncio.Task[None]] = set()

        def begin(room: MatrixRoom, event: RoomMessageText) -> None:
            task = asyncio.create_task(answer(room, event))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        client.add_event_callback(invited, InviteMemberEvent)
        client.add_event_callback(begin, RoomMessageText)
        print("ready", flush=True)
        # Without it the server leaves out what goes beyond ten messages, and the bot would never hear of them.
        await client.sync_forever(timeout=30_000, sync_filter={"room": {"timeline": {"limit": 200}}})


asyncio.run(main(*sys.argv[1:]))
