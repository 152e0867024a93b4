import { bucketRoutes } from './bucket-routes.js';
import type { Route } from './exchange.js';
import { objectRoutes } from './object-routes.js';
import { uploadRoutes } from './upload-routes.js';

export const ROUTES: readonly Route[] = [...bucketRoutes, ...objectRoutes];
export const UPLOAD_ROUTES: readonly Route[] = uploadRoutes;
