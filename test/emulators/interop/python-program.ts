/** What `languages.test.ts` has the clients of Python do, and print as JSON. */
export const PYTHON_PROGRAM = `import json, os, threading, time, warnings
warnings.simplefilter("ignore")
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigtable, pubsub_v1
from google.cloud.bigtable import column_family
from google.cloud.bigtable.data import (
    BigtableDataClient, DeleteAllFromRow, ReadRowsQuery, RowMutationEntry, RowRange, SetCell, row_filters)
from google.cloud.bigtable.data.read_modify_write_rules import AppendValueRule, IncrementRule

LANGUAGE, IDLE_S, WAIT_S = os.environ["LANGUAGE"], float(os.environ["IDLE_SECONDS"]), 120
report = {}

publisher = pubsub_v1.PublisherClient(
    publisher_options=pubsub_v1.types.PublisherOptions(enable_message_ordering=True))
subscriber = pubsub_v1.SubscriberClient()

def topic_of(name):
    topic = publisher.topic_path("p-1", f"{LANGUAGE}-{name}")
    publisher.create_topic(name=topic)
    return topic

def subscription_of(name, topic, **settings):
    subscription = subscriber.subscription_path("p-1", f"{LANGUAGE}-{name}")
    subscriber.create_subscription(request={"name": subscription, "topic": topic, **settings})
    return subscription

def collect(subscription, count, answer):
    """Streams until so many messages came, and gives what 'answer' says of each."""
    seen, done = [], threading.Event()
    def take(message):
        seen.append(answer(message))
        if len(seen) == count: done.set()
    stream = subscriber.subscribe(subscription, take)
    assert done.wait(WAIT_S + IDLE_S), f"{len(seen)} of {count} messages of {subscription}"
    stream.cancel()
    stream.result(WAIT_S)
    return seen

def confirm(message):
    message.ack_with_response().result(WAIT_S)
    return message.data.decode()

def reject(message):
    message.nack()
    return message.delivery_attempt

# In order, exactly once, confirmed.
topic = topic_of("ordered")
ordered = subscription_of("ordered", topic, enable_message_ordering=True, enable_exactly_once_delivery=True)
ids = {future.result(WAIT_S) for future in [publisher.publish(topic, str(n).encode(), ordering_key="k") for n in range(200)]}
report["published"], report["ordered"] = len(ids), collect(ordered, 200, confirm)

# A lease that ends while a stream has nothing to do; then the stream gets what is published.
topic = topic_of("idle")
leased = subscription_of("leased", topic, ack_deadline_seconds=10, enable_exactly_once_delivery=True)
publisher.publish(topic, b"leased").result(WAIT_S)
pulled = subscriber.pull(subscription=leased, max_messages=1).received_messages[0]
idle = subscription_of("idle", topic)
waker = threading.Timer(IDLE_S, lambda: publisher.publish(topic, b"awake"))
waker.start()
report["idle"] = collect(idle, 1, confirm)
try:
    subscriber.acknowledge(subscription=leased, ack_ids=[pulled.ack_id])
    report["late"] = 0
except GoogleAPICallError as error:
    report["late"] = error.grpc_status_code.value[0]
again = subscriber.pull(subscription=leased, max_messages=1).received_messages[0]
subscriber.acknowledge(subscription=leased, ack_ids=[again.ack_id])
report["again"] = again.message.message_id == pulled.message.message_id

# Rejected five times, and then a dead letter.
topic, letters = topic_of("rejected"), topic_of("letters")
buried = subscription_of("letters", letters)
rejected = subscription_of("rejected", topic, dead_letter_policy={"dead_letter_topic": letters, "max_delivery_attempts": 5})
publisher.publish(topic, b"poison", kind="test").result(WAIT_S)
report["attempts"] = collect(rejected, 5, reject)
def letter(message):
    message.ack()
    return [message.data.decode(), message.attributes["kind"], message.attributes["CloudPubSubDeadLetterSourceDeliveryCount"]]
report["letter"] = collect(buried, 1, letter)[0]

# Rows.
admin = bigtable.Client(project="p-1", admin=True).instance("i").table(LANGUAGE)
admin.create(column_families={"f": column_family.MaxVersionsGCRule(2)}, initial_split_keys=[b"r250"])
with BigtableDataClient(project="p-1") as client, client.get_table("i", LANGUAGE) as table:
    table.bulk_mutate_rows([
        RowMutationEntry(f"r{n:03}", [SetCell("f", b"q", str(version).encode(), timestamp_micros=version * 1000) for version in (1, 2, 3)])
        for n in range(500)])
    rows = table.read_rows(ReadRowsQuery())
    report["rows"], report["cells"] = len(rows), sum(len(row) for row in rows)
    filtered = table.read_rows(ReadRowsQuery(
        row_ranges=[RowRange("r100", "r200")], limit=7,
        row_filter=row_filters.RowFilterChain([
            row_filters.RowKeyRegexFilter(b"r1.5"),
            row_filters.CellsColumnLimitFilter(1),
            row_filters.RowFilterUnion([row_filters.PassAllFilter(True), row_filters.ApplyLabelFilter("copy")]),
        ])))
    report["filtered"] = [[row.row_key.decode(), [[cell.value.decode(), cell.labels] for cell in row]] for row in filtered]
    is_three = row_filters.ValueRegexFilter(b"3")
    checked = [
        table.check_and_mutate_row(key, is_three, true_case_mutations=SetCell("f", b"seen", b"y"), false_case_mutations=SetCell("f", b"seen", b"n"))
        for key in ("r000", "none")]
    report["checked"] = [checked, [table.read_row(key)["f", b"seen"][0].value.decode() for key in ("r000", "none")]]
    table.read_modify_write_row("count", IncrementRule("f", b"n", 5))
    counted = table.read_modify_write_row("count", [IncrementRule("f", b"n", -2), AppendValueRule("f", b"text", b"ab")])
    report["modified"] = [int.from_bytes(counted["f", b"n"][0].value, "big", signed=True), counted["f", b"text"][0].value.decode()]
    table.mutate_row("r000", DeleteAllFromRow())
    report["deleted"] = table.read_row("r000") is None
    report["samples"] = [key.decode() for key, _ in table.sample_row_keys() if key]
print(json.dumps(report))
`;
