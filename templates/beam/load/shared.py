import base64, json, os, threading, zlib

def open_loader(script, settings):
  """The loader of healthmon, asked by the name of a function and its argument."""
  # An engine belongs to the thread that made it.
  engine = threading.local()

  def ask(name, argument):
    if not hasattr(engine, 'load'):
      import quickjs
      context = engine.context = quickjs.Context()
      context.set_memory_limit(1 << 29)
      context.eval(zlib.decompress(base64.b64decode(script)).decode('utf-8'))
      context.get('healthmonOpen')(settings)
      engine.load = context.get('healthmonLoad')
    return json.loads(engine.load(name, json.dumps(argument)))

  return ask

def open_storage(project):
  from google.auth.credentials import AnonymousCredentials
  from google.cloud import storage
  local = os.environ.get('STORAGE_EMULATOR_HOST')
  return storage.Client(project=project, credentials=AnonymousCredentials() if local else None)
