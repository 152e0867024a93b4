import time
from apache_beam.io.gcp.pubsub import PubsubMessage

class PullFn(beam.DoFn):
  """Pulls until nothing came for a while. A message is acknowledged once the runner has committed what came of it."""
  def __init__(self, subscription, idle_seconds):
    self.subscription, self.idle_seconds = subscription, idle_seconds

  def setup(self):
    from google.cloud import pubsub
    self.client = pubsub.SubscriberClient()

  def process(self, _, finalizer=beam.DoFn.BundleFinalizerParam):
    from google.api_core.exceptions import DeadlineExceeded
    last = time.monotonic()
    while time.monotonic() - last < self.idle_seconds:
      try:
        received = self.client.pull(subscription=self.subscription, max_messages=1000, timeout=1).received_messages
      except DeadlineExceeded:
        continue
      if not received:
        continue
      last = time.monotonic()
      ids = [each.ack_id for each in received]
      finalizer.register(lambda ids=ids: self.client.acknowledge(subscription=self.subscription, ack_ids=ids))
      for each in received:
        yield PubsubMessage._from_message(each.message)

class ReadVitals(beam.PTransform):
  def __init__(self, subscription, idle_seconds, pullers):
    self.fn, self.pullers = PullFn(subscription, idle_seconds), pullers

  def expand(self, begin):
    return begin | beam.Create(range(self.pullers)) | beam.Reshuffle() | beam.ParDo(self.fn)
