export { startOrdersTestServer as default } from '@span-links/orders-data/testing';
