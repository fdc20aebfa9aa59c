// Sends one event of each kind with Snowplow's Node tracker: node send.cjs ENDPOINT PORT get|post base64|plain
"use strict";
const {
  buildPageView, buildPagePing, buildSelfDescribingEvent, buildStructEvent, newTracker,
} = require("@snowplow/node-tracker");

const [endpoint, port, eventMethod, encoding] = process.argv.slice(2);
const failures = [];
const tracker = newTracker(
  { namespace: "node", appId: "foreign", encodeBase64: encoding === "base64" },
  {
    endpoint, port: Number(port), protocol: "http", eventMethod, bufferSize: 10, connectionTimeout: 10000,
    retryFailedRequests: false, onRequestFailure: (failure) => failures.push(failure.message || failure.status),
  },
);
tracker.setUserId("user-1");
tracker.setPlatform("srv");
tracker.setScreenResolution("1920", "1080");
tracker.setTimezone("Europe/Berlin");
const entities = [{ schema: "iglu:com.acme/user/jsonschema/1-0-0", data: { type: "tester" } }];
const thing = { schema: "iglu:com.acme/thing/jsonschema/1-0-0", data: { name: "wörld <&> 😀", size: 7 } };

tracker.track(buildPageView({ pageUrl: "http://www.example.com/a?b=c", pageTitle: "Ä page", referrer: "http://example.org/" }), entities);
tracker.track(buildPagePing({ pageUrl: "http://www.example.com/", minXOffset: 0, maxXOffset: 10, minYOffset: 0, maxYOffset: 20 }));
tracker.track(buildStructEvent({ category: "shop", action: "add", label: "l", property: "p", value: 19.99 }), entities);
tracker.track(buildSelfDescribingEvent({ event: thing }), entities, { type: "ttm", value: 1700000000123 });

tracker.flush().then(() => {
  if (failures.length) { console.error(failures); process.exit(1); }
});
