// A small app of Slack's own framework. Takes the folder where the packages are installed and the address of the Web API;
// the tokens come from the environment.
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [, , folder, slackApiUrl] = process.argv;
const { App } = createRequire(join(resolve(folder), "package.json"))("@slack/bolt");

const app = new App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  // All that is different from an app that talks to the real service.
  clientOptions: { slackApiUrl },
});

const plain = (text) => ({ type: "plain_text", text });
const button = { type: "button", action_id: "share", text: plain("Share"), value: "payments" };

app.command("/who-owns", async ({ command, ack, respond }) => {
  await ack();
  await respond({
    text: `${command.text} belongs to payments-team`,
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: `*${command.text}* belongs to payments-team` } },
      { type: "actions", elements: [button] },
    ],
  });
});
app.action("share", async ({ action, body, ack, respond }) => {
  await ack();
  await respond({ delete_original: true });
  await respond({ response_type: "in_channel", replace_original: false, text: `<@${body.user.id}> shared ${action.value}` });
});
app.event("app_mention", async ({ event, say, client }) => {
  const { user } = await client.users.info({ user: event.user });
  await say({ text: `You are ${user.profile.email}`, thread_ts: event.thread_ts ?? event.ts });
});
app.message("ping", async ({ say }) => {
  const { channel, ts } = await say("wait");
  await app.client.chat.update({ channel, ts, text: "pong" });
});
app.event("app_home_opened", async ({ event, client }) => {
  const blocks = [{ type: "header", text: plain("My teams") }];
  await client.views.publish({ user_id: event.user, view: { type: "home", blocks } });
});
app.shortcut("create", async ({ shortcut, ack, client }) => {
  await ack();
  const input = { type: "plain_text_input", action_id: "value" };
  const owner = { type: "external_select", action_id: "owner", min_query_length: 1 };
  const blocks = [
    { type: "input", block_id: "name", label: plain("Name"), element: input },
    { type: "input", block_id: "owner", label: plain("Owner"), element: owner, optional: true },
  ];
  const view = { type: "modal", callback_id: "created", title: plain("Create"), submit: plain("Create"), blocks };
  await client.views.open({ trigger_id: shortcut.trigger_id, view });
});
app.options("owner", async ({ options, ack }) => {
  await ack({ options: [{ text: plain(`${options.value}-team`), value: options.value }] });
});
app.view("created", async ({ view, body, ack, client }) => {
  const name = view.state.values.name.value.value;
  if (name.includes(" ")) {
    return await ack({ response_action: "errors", errors: { name: "No blanks, please." } });
  }
  await ack();
  await client.chat.postMessage({ channel: body.user.id, text: `Made ${name}` });
});
app.error(async (error) => {
  console.error(error);
});

await app.start();
