// The smallest app of Slack's own framework that does what is measured: a slash command, acknowledged and answered.
import bolt from '@slack/bolt';

const app = new bolt.App({
  token: process.env.SLACK_BOT_TOKEN,
  appToken: process.env.SLACK_APP_TOKEN,
  socketMode: true,
  logLevel: 'error',
  clientOptions: { slackApiUrl: process.env.SLACK_API },
});

app.command('/who-owns', async ({ ack, respond, command }) => {
  await ack();
  await respond(`*${command.text}* belongs to *Payments Team*.`);
});

await app.start();
