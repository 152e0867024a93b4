import json
from apache_beam import pvalue
from apache_beam.transforms.window import GlobalWindows

MAX_BYTES = 4 << 20

class WriteFn(beam.DoFn):
  """Writes rows by key, unless too many are refused. What comes out of it are rows that Spanner refused."""
  def __init__(self, place, loader, settings):
    self.place = json.loads(place)
    self.loader, self.settings = loader, settings
    self.loaded = beam.metrics.Metrics.counter('healthmon', 'rowsLoaded')

  def setup(self):
    from google.cloud import spanner
    client = spanner.Client(project=self.place['project'])
    self.database = client.instance(self.place['instance']).database(self.place['database'])
    self.ask = open_loader(self.loader, self.settings)

  def start_bundle(self):
    self.pending, self.bytes, self.stops = [], 0, None

  def process(self, row, good, bad):
    if self.stops is None:
      self.stops = self.ask('exceeds', {'rowsRead': good + bad, 'rowsRejected': bad})
    if self.stops:
      return
    self.pending.append(row)
    self.bytes += len(row[3])
    if len(self.pending) >= self.place['maxRows'] or self.bytes >= MAX_BYTES:
      yield from self.flush()

  def finish_bundle(self):
    for refused in self.flush():
      yield GlobalWindows.windowed_value(refused)

  def flush(self):
    rows, self.pending, self.bytes = self.pending, [], 0
    # Files may bring other columns, and a commit takes rows of the same ones.
    for columns in sorted({row[4] for row in rows}):
      yield from self.write(json.loads(columns), [row for row in rows if row[4] == columns])

  def write(self, columns, rows):
    from google.api_core.exceptions import GoogleAPICallError
    try:
      with self.database.batch() as batch:
        # Whole numbers of Spanner are text, so all that is a number is a float.
        batch.insert_or_update(self.place['table'], columns, [json.loads(row[3], parse_int=float) for row in rows])
      self.loaded.inc(len(rows))
    except GoogleAPICallError as error:
      status = error.grpc_status_code
      message = '%d %s: %s' % (status.value[0], status.name, error.message) if status else str(error)
      problem = self.ask('refused', {'code': status.value[0] if status else -1, 'message': message})
      if problem is None:
        raise
      if len(rows) > 1:
        middle = len(rows) // 2
        yield from self.write(columns, rows[:middle])
        yield from self.write(columns, rows[middle:])
        return
      index, number, row, _, _ = rows[0]
      yield (index, (number, json.dumps({**json.loads(row), 'broken': False, 'problems': [problem]})))

class WriteRows(beam.PTransform):
  def __init__(self, place, loader, settings):
    self.fn = WriteFn(place, loader, settings)

  def expand(self, inputs):
    good = 'Good' >> beam.combiners.Count.Globally()
    bad = 'Bad' >> beam.combiners.Count.Globally()
    return inputs['rows'] | beam.ParDo(
        self.fn, pvalue.AsSingleton(inputs['rows'] | good), pvalue.AsSingleton(inputs['bad'] | bad))
