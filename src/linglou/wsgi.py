"""Django behind the front (``asgi.py``): a plain WSGI application, run in a bounded pool of threads."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
