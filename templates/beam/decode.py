import base64, json, threading, time, zlib
from apache_beam import pvalue

class DecodeFn(beam.DoFn):
  """Asks the decoder of healthmon what each message holds."""
  def __init__(self, decoder, settings):
    self.decoder, self.settings = decoder, settings
    self.counters = {name: beam.metrics.Metrics.counter('healthmon', name) for name in ('received', 'readings', 'rejected')}

  def setup(self):
    # An engine belongs to the thread that made it.
    self.engine = threading.local()

  def decode(self, text):
    if not hasattr(self.engine, 'decode'):
      import quickjs
      context = self.engine.context = quickjs.Context()
      context.set_memory_limit(64 << 20)
      context.eval(zlib.decompress(base64.b64decode(self.decoder)).decode('ascii'))
      context.get('healthmonOpen')(self.settings)
      self.engine.decode = context.get('healthmonDecode')
    return self.engine.decode(text)

  def process(self, message):
    attributes = dict(message.attributes or {})
    try:
      text = message.data.decode('utf-8')
    except UnicodeDecodeError:
      text = None
    answer = json.loads(self.decode(json.dumps({
        'text': text,
        'bytes': message.data.decode('latin-1') if 'googclient_schemaencoding' in attributes else '',
        'attributes': attributes,
        'messageId': message.message_id or '',
        'nowMs': int(time.time() * 1000)})))
    published = message.publish_time
    origin = {
        'data': message.data,
        'attributes': attributes,
        'messageId': message.message_id or '',
        'publishTimeMs': int(published.timestamp() * 1000) if published else int(time.time() * 1000)}
    self.counters['received'].inc()
    if 'rejection' in answer:
      self.counters['rejected'].inc()
      yield pvalue.TaggedOutput('dead', (origin, answer['rejection']))
    else:
      self.counters['readings'].inc(len(answer['readings']))
      yield (origin, answer['readings'])

class DecodeVitals(beam.PTransform):
  def __init__(self, decoder, settings):
    self.fn = DecodeFn(decoder, settings)

  def expand(self, messages):
    outputs = messages | beam.ParDo(self.fn).with_outputs('dead', main='readings')
    return {'readings': outputs.readings, 'dead': outputs.dead}
