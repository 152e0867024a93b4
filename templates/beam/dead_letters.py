import base64, json, threading, time, zlib

class PublishFn(beam.DoFn):
  """Publishes as it is run itself: `WriteToPubSub` is known to Dataflow and one other runner only."""
  def __init__(self, topic, decoder, settings):
    self.topic, self.decoder, self.settings = topic, decoder, settings
    self.published = beam.metrics.Metrics.counter('healthmon', 'deadLetters')

  def setup(self):
    from google.pubsub_v1 import PublisherClient
    self.client = PublisherClient()
    # An engine belongs to the thread that made it.
    self.engine = threading.local()

  def attributes(self, message):
    if not hasattr(self.engine, 'put_aside'):
      import quickjs
      context = self.engine.context = quickjs.Context()
      context.set_memory_limit(64 << 20)
      context.eval(zlib.decompress(base64.b64decode(self.decoder)).decode('ascii'))
      context.get('healthmonOpen')(self.settings)
      self.engine.put_aside = context.get('healthmonPutAside')
    return json.loads(self.engine.put_aside(json.dumps(message)))

  def start_bundle(self):
    self.pending = []

  def process(self, message):
    origin, rejection = message
    rest = {name: value for name, value in origin.items() if name != 'data'}
    attributes = self.attributes({**rest, 'rejection': rejection, 'nowMs': int(time.time() * 1000)})
    self.pending.append({'data': origin['data'], 'attributes': attributes})
    if len(self.pending) >= 100:
      self.finish_bundle()

  def finish_bundle(self):
    if self.pending:
      self.client.publish(topic=self.topic, messages=self.pending)
      self.published.inc(len(self.pending))
    self.pending = []

class DeadLetters(beam.PTransform):
  def __init__(self, topic, decoder, settings):
    self.fn = PublishFn(topic, decoder, settings)

  def expand(self, messages):
    return messages | beam.ParDo(self.fn)
