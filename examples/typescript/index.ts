// Cube's access to one Snowflake account, from a program in TypeScript.
import * as pulumi from "@pulumi/pulumi";
import * as cubeAccess from "@pulumi/cube-access";

const config = new pulumi.Config();

const cube = new cubeAccess.SnowflakeAccess("cube", {
    account: config.require("snowflakeAccount"),
    warehouse: "COMPUTE_WH",
    schemas: ["ANALYTICS.SALES"],
    userRoles: ["ANALYST"],
    redirectUris: ["https://example.cubecloud.dev/oauth/callback"],
    awsRegion: "eu-central-1",
});

export const serviceAccount = cube.serviceAccount;
export const secretArn = cube.secretArn;
export const cubeEnv = cube.cubeEnv;
